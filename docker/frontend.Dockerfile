# The web app behind nginx, which passes /api/ on to the gateway: docker build -f docker/frontend.Dockerfile -t taskflow/frontend .
# Settings: see frontend/start. Needs nothing but a writable /tmp.

# The first two stages are those of service.Dockerfile, word for word, so that their layers are the same.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS manifests
WORKDIR /app
RUN --mount=type=bind,target=/source cd /source \
 && cp --parents package.json package-lock.json packages/*/package.json services/*/package.json /app/ \
 && chmod -R u=rwX,go=rX /app

FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

FROM dependencies AS build
COPY tsconfig.base.json ./
COPY packages packages
COPY services/frontend services/frontend
WORKDIR /app/services/frontend
RUN npm run build --silent
COPY docker/frontend /app/docker/frontend
RUN node /app/docker/frontend/prepare.mjs \
 && chmod -R u=rwX,go=rX /image && find /image -exec touch --no-dereference --date=@0 {} +

FROM nginxinc/nginx-unprivileged:1.29-alpine
COPY --from=build /image /
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="taskflow-frontend" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0"
# The user of the other images; nginx needs none of its own.
USER 65532:65532
EXPOSE 8080
# Graceful; SIGTERM would cut what is in flight.
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/taskflow/start"]
