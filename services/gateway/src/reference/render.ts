import type { OpenApi, Operation, Schema } from './document.ts';
import { Html, html } from './html.ts';
import { STYLE } from './style.ts';

/** Deeper nesting is left to the JSON document. */
const DEEPEST = 8;
const CONSTRAINTS = ['minimum', 'maximum', 'exclusiveMinimum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern'];

interface Entry {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

/** The reference as one page that needs neither scripts nor other files. */
export function render(document: OpenApi): string {
  const services = Map.groupBy(entriesOf(document), ({ operation }) => operation['x-service'] ?? '');
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${document.info.title} API</title><style>${new Html(STYLE)}</style></head>
<body>
<nav aria-label="Operations">${[...services].map(([service, entries]) => navigation(service, entries))}</nav>
<main>
<h1>${document.info.title} API <small class="muted">${document.info.version}</small></h1>
${text(document.info.description)}
<p>As a machine-readable document: <a href="openapi.json">OpenAPI ${document.openapi}</a>.</p>
${document['x-missing'] && html`<p class="notice" role="status">Not described here, as it cannot be reached at the moment: ${document['x-missing'].join(', ')}.</p>`}
${[...services].map(([service, entries]) => html`<h2 class="service" id="${service}">${service}</h2>${entries.map((entry) => describe(entry, document))}`)}
</main>
</body>
</html>`;
  return page.text;
}

function entriesOf({ paths }: OpenApi): Entry[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      id: operation.operationId ?? `${method}${path}`,
      method,
      path,
      operation,
    })),
  );
}

const navigation = (service: string, entries: Entry[]) =>
  html`<h2>${service}</h2><ul>${entries.map(
    ({ id, method, path, operation }) =>
      html`<li><a href="#${id}"><code class="method ${method}">${method.toUpperCase()}</code> ${operation.summary ?? path}</a></li>`,
  )}</ul>`;

function describe({ id, method, path, operation }: Entry, document: OpenApi): Html {
  const { summary, description, parameters = [], requestBody, responses = {}, security = [] } = operation;
  return html`<article id="${id}">
<h3>${summary ?? id}</h3>
<div class="route"><span class="method ${method}">${method.toUpperCase()}</span><span>${document.servers?.[0]?.url}${path}</span></div>
${text(description)}
<p class="muted">${security.length > 0 ? 'Needs a signed-in person or an API token.' : 'Needs no credentials.'}</p>
${['path', 'query', 'header'].map((place) =>
  parameterList(
    place,
    parameters.filter((parameter) => parameter.in === place),
    document,
  ),
)}
${requestBody && html`<h4>Body</h4>${content(requestBody.content, document)}`}
<h4>Answers</h4>
${Object.entries(responses).map(([status, answer]) => answerOf(status, answer, document))}
</article>`;
}

function parameterList(place: string, parameters: NonNullable<Operation['parameters']>, document: OpenApi): Html | undefined {
  if (parameters.length === 0) return undefined;
  const rows = parameters.map(({ name, required, description, schema = {} }) =>
    row(name, { ...(description ? { description } : {}), ...schema }, Boolean(required), document, 0),
  );
  return html`<h4>In the ${place}</h4><dl>${rows}</dl>`;
}

function answerOf(status: string, answer: NonNullable<Operation['responses']>[string], document: OpenApi): Html {
  const described = answer.description === 'Default Response' ? '' : answer.description;
  const types = Object.entries(answer.content ?? {});
  if (types.length === 0) return html`<p><code>${status}</code> ${described}</p>`;
  const problem = types.every(([, { schema }]) => isProblem(schema));
  if (problem) return html`<p><code>${status}</code> ${described} <span class="muted">problem document</span></p>`;
  return html`<details open><summary><code>${status}</code> ${described}</summary>${content(answer.content, document)}</details>`;
}

/** RFC 9457 with TaskFlow's `code`; it looks the same everywhere. */
const isProblem = (schema: Schema | undefined) => Boolean(schema?.properties?.title && schema.properties.status && schema.properties.code);

function content(types: Record<string, { schema?: Schema }> | undefined, document: OpenApi): Html[] {
  return Object.entries(types ?? {}).map(
    ([type, { schema = {} }]) =>
      html`<div class="muted"><code>${type}</code></div>${members(schema, document, 0) ?? html`<p>${typeOf(schema, document)}</p>`}`,
  );
}

/** The members of an object, or of the objects in an array; undefined for what has none. */
function members(given: Schema, document: OpenApi, depth: number): Html | undefined {
  const schema = resolve(given, document);
  if (depth > DEEPEST) return undefined;
  if (schema.properties) {
    const rows = Object.entries(schema.properties).map(([name, member]) =>
      row(name, member, schema.required?.includes(name) ?? false, document, depth),
    );
    return html`<dl>${rows}</dl>`;
  }
  const alternatives = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  const inner = [schema.items, ...alternatives, ...valuesOf(schema)].filter((part) => part !== undefined);
  const shown = inner.map((part) => members(part, document, depth + 1)).filter((part) => part !== undefined);
  return shown.length > 0 ? html`${shown}` : undefined;
}

function row(name: string, given: Schema, required: boolean, document: OpenApi, depth: number): Html {
  const schema = resolve(given, document);
  const constraints = CONSTRAINTS.filter((keyword) => schema[keyword] !== undefined).map((keyword) => `${keyword} ${schema[keyword]}`);
  const fallback = schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`];
  return html`<dt><code>${name}</code>${required && html` <span class="needed" title="required">*</span>`}</dt><dd><span class="muted">${typeOf(schema, document)}${[
    ...constraints,
    ...fallback,
  ].map((constraint) => html`, ${constraint}`)}</span> ${inline(schema.description)}${members(schema, document, depth + 1)}</dd>`;
}

function typeOf(given: Schema, document: OpenApi, depth = 0): string {
  const schema = resolve(given, document);
  if (depth > DEEPEST) return '…';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return alternatives.map((alternative) => typeOf(alternative, document, depth + 1)).join(' | ');
  if (schema.items) return `array of ${typeOf(schema.items, document, depth + 1)}`;
  const [values] = valuesOf(schema);
  if (values) return `map to ${typeOf(values, document, depth + 1)}`;
  const type = [schema.type ?? 'any'].flat().join(' | ');
  return schema.format ? `${type} (${schema.format})` : type;
}

/** Schemas of the values of a map. */
function valuesOf({ additionalProperties, patternProperties, properties }: Schema): Schema[] {
  if (properties) return [];
  return [...Object.values(patternProperties ?? {}), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
}

function resolve(schema: Schema, { components }: OpenApi): Schema {
  const [, kind, name] = /^#\/components\/([^/]+)\/([^/]+)$/.exec(schema.$ref ?? '') ?? [];
  return ((kind && name && components?.[kind]?.[name]) as Schema | undefined) ?? schema;
}

/** Paragraphs of prose. */
function text(markdown: string | undefined): Html[] {
  return (markdown ?? '')
    .split(/\n{2,}/)
    .filter(Boolean)
    .map((paragraph) => html`<p>${inline(paragraph)}</p>`);
}

/** Prose, with `code` between backticks. */
function inline(markdown = ''): Array<Html | string> {
  return markdown.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part));
}
