# One service in one file, on distroless Node: docker build -f docker/service.Dockerfile --build-arg SERVICE=auth -t taskflow/auth .
# `npm run images` builds all of them. Everything is made on the builder's own platform: what goes into the image is the same
# on each, so building for another one needs no emulation.

# What npm needs to know, apart from the sources: while it is the same, the layer of the dependencies is reused.
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
ARG SERVICE
COPY tsconfig.base.json ./
COPY packages packages
COPY services/${SERVICE} services/${SERVICE}
WORKDIR /app/services/${SERVICE}
# The same commit gives the same layer: no file carries the time of the build, or the permissions of somebody's checkout.
RUN npm run build --silent \
 && mkdir -p /image/app \
 && cp -r dist package.json $(ls -d migrations data 2>/dev/null) /image/app/ \
 && chmod -R u=rwX,go=rX /image && find /image -exec touch --no-dereference --date=@0 {} +

FROM gcr.io/distroless/nodejs24-debian12:nonroot
# As a whole, folder included: a folder that COPY or WORKDIR makes carries the time of the build.
COPY --from=build /image /
WORKDIR /app
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
# RFC 3339; of the commit, not of the build
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="taskflow-${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0"
# glibc gives back to the system what Argon2 has used, and keeps fewer arenas.
ENV TASKFLOW_VERSION=${VERSION} HOST=0.0.0.0 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_ARENA_MAX=2
USER 65532:65532
STOPSIGNAL SIGTERM
# Loading the source map takes 80 MB: names and lines stand in the bundle itself, the map is there for tools.
CMD ["dist/main.js"]
