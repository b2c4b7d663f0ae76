import { once } from 'node:events';
import type { Secret } from '@taskflow/http/secret';
import { SettingsError } from '@taskflow/http/settings';
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer, { type MailComposerOptions } from 'nodemailer/lib/mail-composer';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';

export interface Mail {
  to: { name: string; address: string };
  messageId: string;
  /** message ids that a reader shows this one below */
  references?: string[];
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

/** The server did not take the mail. */
export class MailError extends Error {
  override name = 'MailError';
  /** it never will: RFC 5321 asks not to repeat after a 5yz reply to the sender, the recipient or the data */
  readonly permanent: boolean;

  constructor(error: unknown) {
    const { code, command, message, responseCode = 0 } = error as Error & { code?: string; command?: string; responseCode?: number };
    // What the server says, and what is said of an envelope, may name the recipient, who does not belong into a log.
    const words = responseCode || code === 'EENVELOPE' ? '' : message;
    super([code, command, responseCode || '', words].filter(Boolean).join(' '), { cause: error });
    this.permanent = responseCode >= 500 && /^(MAIL FROM|RCPT TO|DATA)/.test(command ?? '');
  }
}

export interface MailerOptions {
  /** smtp://user@host:587 or smtps://user@host; STARTTLS is used where the server offers it */
  url: string;
  password: Secret | undefined;
  /** such as TaskFlow <taskflow@example.org> */
  from: string;
  /** milliseconds that a whole attempt may take */
  timeoutMs: number;
}

export class Mailer {
  readonly #connection: SMTPConnectionOptions;
  readonly #user: string;
  readonly #password: Secret | undefined;
  readonly #from: { name: string; address: string };
  readonly #timeoutMs: number;

  /** @throws SettingsError */
  constructor({ url, password, from, timeoutMs }: MailerOptions) {
    const { protocol, hostname, port, username, password: inUrl } = new URL(url);
    if (!/^smtps?:$/.test(protocol)) throw new SettingsError(`variable SMTP_URL is ${protocol}//…: expected smtp:// or smtps://`);
    if (inUrl) throw new SettingsError('variable SMTP_URL holds a password: put it into the secret file smtp-password');
    const [sender] = addressparser(from, { flatten: true });
    if (!sender?.address.includes('@'))
      throw new SettingsError(`variable MAIL_FROM is ${from}: expected a form such as TaskFlow <a@example.org>`);
    const secure = protocol === 'smtps:';
    this.#connection = {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (secure ? 465 : 587)),
      secure,
      requireTLS: username !== '' && !secure,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    };
    this.#user = decodeURIComponent(username);
    this.#password = password;
    this.#from = { name: sender.name, address: sender.address };
    this.#timeoutMs = timeoutMs;
  }

  /** Right side of our message ids. */
  get domain(): string {
    return this.#from.address.slice(this.#from.address.lastIndexOf('@') + 1);
  }

  /**
   * Resolves as soon as the server has said that it takes the mail (250 after DATA): what follows is only courtesy, and
   * each moment until the caller has written that down is one in which a crash would send the mail twice.
   * @throws MailError
   */
  async send(mail: Mail): Promise<void> {
    const message = await new MailComposer(this.#compose(mail)).compile().build();
    const connection = new SMTPConnection(this.#connection);
    // Its own limits are for silence; a server that keeps talking slowly is bounded by this.
    const timer = setTimeout(() => connection.close(), this.#timeoutMs);
    try {
      await this.#transfer(connection, { from: this.#from.address, to: [mail.to.address] }, message);
      connection.quit();
    } catch (error) {
      connection.close();
      throw new MailError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #transfer(connection: SMTPConnection, envelope: { from: string; to: string[] }, message: Buffer): Promise<void> {
    connection.on('error', () => {}); // told through the callbacks or by 'end'; without a listener it would end the process
    const broken = once(connection, 'end').then(() => {
      throw Object.assign(new Error('the connection ended'), { code: 'ECONNECTION' });
    });
    const sent = async () => {
      await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
      if (this.#user) {
        const credentials = { user: this.#user, pass: this.#password?.value ?? '' };
        await new Promise<void>((resolve, reject) => connection.login({ credentials }, (error) => (error ? reject(error) : resolve())));
      }
      await new Promise<void>((resolve, reject) => connection.send(envelope, message, (error) => (error ? reject(error) : resolve())));
    };
    await Promise.race([sent(), broken]);
  }

  #compose({ to, messageId, references, subject, text, html, headers }: Mail): MailComposerOptions {
    return {
      from: this.#from,
      to,
      messageId,
      ...(references ? { references, inReplyTo: references.at(-1) as string } : {}),
      subject,
      text,
      html,
      headers: Object.entries({ ...headers, 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }).map(
        ([key, value]) => ({
          key,
          value: { prepared: true, value },
        }),
      ),
      disableFileAccess: true,
      disableUrlAccess: true,
    };
  }
}
