import { QueryError } from './query-error.ts';

export type Token = { column: number } & (
  | { kind: 'end' | 'open' | 'close' | 'or' | 'and' | 'not' }
  | { kind: 'text'; text: string }
  | { kind: 'field'; name: string; operator: ':' | '=' | '<' | '<=' | '>' | '>=' }
);

const OPERATORS = { OR: 'or', AND: 'and', NOT: 'not' } as const;
/** A URL or a time is text: the operator of a field is not followed by //, its name does not begin with a digit. */
const FIELD = /([a-z]+)(:(?!\/\/)|<=|>=|[=<>])/iy;
const WORD = /[^\s()"]+/y;
const VALUE = /[^\s()",]+/y;
const SPACE = /\s*/y;

/** Splits a query into tokens, each with the index at which it begins. Linear: every expression is sticky and unambiguous. */
export class Lexer {
  readonly #input: string;
  #at = 0;
  #peeked: Token | undefined;

  constructor(input: string) {
    this.#input = input;
  }

  get peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek;
    this.#peeked = undefined;
    return token;
  }

  /** The value that must follow the operator of a field at once. */
  value(expected: string[]): { text: string; column: number } {
    const column = this.#at;
    const text = this.#input[column] === '"' ? this.#phrase() : this.#take(VALUE)?.[0];
    if (!text) throw new QueryError('query_value_missing', 'lacks a value', column, expected, { expected });
    return { text, column };
  }

  comma(): boolean {
    if (this.#input[this.#at] !== ',') return false;
    this.#at++;
    return true;
  }

  #read(): Token {
    this.#take(SPACE);
    const column = this.#at;
    const character = this.#input[column];
    if (character === undefined) return { kind: 'end', column };
    if (character === '(' || character === ')') {
      this.#at++;
      return { kind: character === '(' ? 'open' : 'close', column };
    }
    if (character === '-') {
      this.#at++;
      return { kind: 'not', column };
    }
    if (character === '"') return { kind: 'text', text: this.#phrase(), column };
    const field = this.#take(FIELD);
    if (field) return { kind: 'field', name: (field[1] as string).toLowerCase(), operator: field[2] as ':', column };
    const text = (this.#take(WORD) as RegExpExecArray)[0];
    const operator = OPERATORS[text as 'OR'];
    return operator ? { kind: operator, column } : { kind: 'text', text, column };
  }

  #phrase(): string {
    const begin = this.#at;
    let text = '';
    for (let index = begin + 1; index < this.#input.length; index++) {
      const character = this.#input[index] as string;
      if (character === '"') {
        this.#at = index + 1;
        return text;
      }
      const escaped = character === '\\' && /["\\]/.test(this.#input[index + 1] ?? '');
      text += escaped ? this.#input[++index] : character;
    }
    throw new QueryError('query_quotation_mark', 'has a quotation mark that nothing closes', begin, ['"']);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#input);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}
