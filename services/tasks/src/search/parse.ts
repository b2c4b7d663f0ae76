import { MAX_QUERY } from '@taskflow/contracts/search';
import { FIELDS, type Field, type Operator, type Value } from './fields.ts';
import { Lexer, type Token } from './lexer.ts';
import { QueryError } from './query-error.ts';

/** What a query says. Every value is already of its field's type; nothing here is SQL. */
export type Query =
  | { kind: 'all' }
  | { kind: 'and' | 'or'; parts: Query[] }
  | { kind: 'not'; part: Query }
  | { kind: 'text'; text: string; prefix: boolean }
  | { kind: 'field'; field: Field; operator: Operator; values: Value[] };

/** Bounds on the work that one query may cause. */
export const LIMITS = { length: MAX_QUERY, terms: 30, depth: 10 };

/**
 * Parses the query language of search and saved filters:
 *
 * ```
 * query   = [ or ]
 * or      = and { "OR" and }
 * and     = unary { [ "AND" ] unary }
 * unary   = [ "-" | "NOT" ] primary
 * primary = "(" or ")" | phrase | word | field operator value { "," value }
 * field   = assignee | author | label | is | project | column | priority | estimate | parent
 *         | due | start | created | updated
 * operator= ":" | "=" | "<" | "<=" | ">" | ">="
 * value   = word | phrase
 * phrase  = '"' { any but '"', or '\"' } '"'
 * ```
 *
 * OR, AND and NOT are operators only in capitals. The last word of a query also matches words that begin with it, so that
 * one can search while typing. Dates are 2026-01-31, today, tomorrow, yesterday, or so many days, weeks, months or years
 * from today: 7d, -2w, 1m, 1y. Several values after a colon mean any of them.
 *
 * @throws QueryError, and nothing else, with the column and what was expected there
 */
export function parseQuery(input: string): Query {
  if (input.length > LIMITS.length)
    throw new QueryError('query_too_complex', `is longer than ${LIMITS.length} characters`, LIMITS.length, []);
  const lexer = new Lexer(input);
  if (lexer.peek.kind === 'end') return { kind: 'all' };
  const parser = new Parser(lexer);
  const query = parser.or(0);
  const rest = lexer.peek;
  if (rest.kind !== 'end')
    throw new QueryError('query_parenthesis', `has a ${describe(rest)} that nothing opened`, rest.column, ['a term', 'the end']);
  return markPrefix(query, input);
}

class Parser {
  readonly #lexer: Lexer;
  #terms = 0;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
  }

  or(depth: number): Query {
    const parts = [this.#and(depth)];
    while (this.#lexer.peek.kind === 'or') {
      this.#lexer.next();
      parts.push(this.#and(depth));
    }
    return parts.length === 1 ? (parts[0] as Query) : { kind: 'or', parts };
  }

  #and(depth: number): Query {
    const parts = [this.#unary(depth)];
    for (;;) {
      const { kind } = this.#lexer.peek;
      if (kind === 'end' || kind === 'or' || kind === 'close') break;
      if (kind === 'and') this.#lexer.next();
      parts.push(this.#unary(depth));
    }
    return parts.length === 1 ? (parts[0] as Query) : { kind: 'and', parts };
  }

  #unary(depth: number): Query {
    if (this.#lexer.peek.kind !== 'not') return this.#primary(depth);
    this.#lexer.next();
    return { kind: 'not', part: this.#primary(depth) };
  }

  #primary(depth: number): Query {
    const token = this.#lexer.next();
    if (++this.#terms > LIMITS.terms)
      throw new QueryError('query_too_complex', `has more than ${LIMITS.terms} terms`, token.column, ['the end']);
    switch (token.kind) {
      case 'open': {
        if (depth === LIMITS.depth)
          throw new QueryError('query_too_complex', `nests deeper than ${LIMITS.depth} levels`, token.column, ['a term']);
        const inner = this.or(depth + 1);
        const close = this.#lexer.next();
        if (close.kind !== 'close') throw new QueryError('query_parenthesis', `lacks a closing parenthesis`, close.column, [')']);
        return inner;
      }
      case 'text':
        if (!/[\p{L}\p{N}]/u.test(token.text)) {
          throw new QueryError('query_term_expected', `has no letter or digit in ${JSON.stringify(token.text)}`, token.column, ['a word']);
        }
        return { kind: 'text', text: token.text, prefix: false };
      case 'field':
        return this.#field(token);
      default:
        throw new QueryError('query_term_expected', `has ${describe(token)} where a term should be`, token.column, [
          'a word',
          'a "phrase"',
          'a field',
          '(',
        ]);
    }
  }

  #field({ name, operator, column }: Token & { kind: 'field' }): Query {
    const field = FIELDS.get(name);
    const known = [...FIELDS.keys()];
    if (!field)
      throw new QueryError('query_field_unknown', `has the unknown field ${JSON.stringify(name)}`, column, known, { field: name, known });
    if (operator !== ':' && operator !== '=' && !field.ordered) {
      throw new QueryError('query_comparison', `cannot compare ${name} with ${operator}`, column + name.length, [':'], {
        field: name,
        operator,
      });
    }
    const values: Value[] = [];
    do {
      const { text, column: at } = this.#lexer.value(field.expected);
      const value = field.read(text);
      if (value === undefined)
        throw new QueryError('query_value_wrong', `has ${JSON.stringify(text)} as ${name}`, at, field.expected, {
          field: name,
          value: text,
          expected: field.expected,
        });
      values.push(value);
    } while (this.#lexer.comma());
    const comparison = operator === ':' ? '=' : operator;
    if (comparison !== '=' && (values.length > 1 || values[0]?.type === 'keyword')) {
      throw new QueryError('query_comparison', `compares ${name} with ${operator}, which needs one value`, column + name.length, [':'], {
        field: name,
        operator,
      });
    }
    return { kind: 'field', field: name as Field, operator: comparison, values };
  }
}

/** The last term of the text, when it is a bare word that the typist may not have finished. */
function markPrefix(query: Query, input: string): Query {
  if (/[\s")]$/.test(input)) return query;
  const mark = (node: Query): Query => {
    if (node.kind === 'text') return { ...node, prefix: true };
    if (node.kind === 'not') return { kind: 'not', part: mark(node.part) };
    if (node.kind === 'and' || node.kind === 'or') return { kind: node.kind, parts: node.parts.with(-1, mark(node.parts.at(-1) as Query)) };
    return node;
  };
  return mark(query);
}

function describe(token: Token): string {
  const names = { end: 'the end', open: '(', close: ')', or: 'OR', and: 'AND', not: 'NOT', text: 'a word', field: 'a field' };
  return names[token.kind];
}
