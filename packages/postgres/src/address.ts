import { SettingsError } from '@taskflow/http/settings';

export interface Address {
  host: string;
  port: number;
  username: string;
  database: string;
  /** as libpq's sslmode; plain when not set */
  ssl: 'require' | 'verify-full' | undefined;
}

interface Parsed {
  address: Address;
  password: string;
}

/**
 * The address of a database, in the form postgres://user:password@host:port/database?sslmode=verify-full. While the
 * password is rotated there are several, one a line, which differ in the password only: the server accepts one of them.
 */
export class DatabaseAddress {
  readonly address: Address;
  readonly #read: () => string;
  #text: string;
  #passwords: string[];
  #accepted: string | undefined;

  /** @throws SettingsError */
  constructor(read: () => string) {
    this.#read = read;
    this.#text = read();
    const [first, ...others] = parseLines(this.#text) as [Parsed, ...Parsed[]];
    this.address = first.address;
    this.#passwords = [first, ...others].map((line, index) => passwordFor(first.address, line, index));
  }

  /**
   * The passwords to log in with, in the order to try them in: the one that was last accepted first, so that a rotation
   * costs one refused login and not one a connection. A bad new version leaves the last good one in place, with a warning.
   */
  get passwords(): string[] {
    const text = this.#read();
    if (text !== this.#text) {
      this.#text = text;
      try {
        this.#passwords = parseLines(text).map((line, index) => passwordFor(this.address, line, index));
      } catch (error) {
        process.emitWarning(error as Error);
      }
    }
    if (this.#passwords.length === 1) this.#accepted = this.#passwords[0];
    return this.#passwords.toSorted((left, right) => Number(right === this.#accepted) - Number(left === this.#accepted));
  }

  /** To be called with the password that the server accepted. */
  accept(password: string): void {
    this.#accepted = password;
  }
}

const parseLines = (text: string): Parsed[] => text.trim().split(/\s+/).map(parse);

function parse(line: string, index: number): Parsed {
  // Neither the parser's message nor its error goes on: they hold the password.
  const url = URL.canParse(line) ? new URL(line) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    throw new SettingsError(`database address, line ${index + 1}: expected postgres://user:password@host:port/database`);
  }
  const ssl = url.searchParams.get('sslmode');
  return {
    address: {
      host: url.hostname.replace(/^\[|\]$/g, ''), // of an IPv6 address
      port: Number(url.port || 5432),
      username: decodeURIComponent(url.username),
      database: url.pathname.slice(1),
      ssl: !ssl || ssl === 'disable' ? undefined : ssl === 'require' ? 'require' : 'verify-full',
    },
    password: decodeURIComponent(url.password),
  };
}

/** @throws SettingsError when the line leads elsewhere */
function passwordFor(expected: Address, { address, password }: Parsed, index: number): string {
  const names = Object.keys(expected) as Array<keyof Address>;
  const different = names.filter((name) => address[name] !== expected[name]);
  if (different.length === 0) return password;
  const what = different.join(', ');
  const where = `database address, line ${index + 1}: its ${what} ${different.length === 1 ? 'differs' : 'differ'}`;
  throw new SettingsError(
    `${where} from the address in use; only the password may, while it is rotated, and anything else takes a restart`,
  );
}
