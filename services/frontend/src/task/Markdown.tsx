import { marked, type Token, type Tokens } from 'marked';
import { Fragment, type ReactNode } from 'react';
import { Link } from '../router/router.tsx';

export interface MarkdownProps {
  text: string;
  /** handles that are somebody's: they stand out */
  handles?: ReadonlySet<string>;
  /** key of the project, whose tasks' ids become links */
  projectKey?: string;
  /** ticks the n-th box of a list of boxes, counted through the text */
  onTick?: ((index: number, isDone: boolean) => void) | undefined;
}

/**
 * Markdown (GitHub's flavour) as elements. It is never HTML on the way: what is HTML in the text is shown as text, and addresses
 * are links only where they are of the web or of mail.
 */
export function Markdown({ text, ...options }: MarkdownProps) {
  const counter = { boxes: 0 };
  return <div className="markdown">{blocks(marked.lexer(text, { gfm: true, breaks: true }), { ...options, counter })}</div>;
}

type Context = Omit<MarkdownProps, 'text'> & { counter: { boxes: number } };
type Known =
  | Tokens.Heading
  | Tokens.Paragraph
  | Tokens.Text
  | Tokens.Code
  | Tokens.Blockquote
  | Tokens.List
  | Tokens.Table
  | Tokens.Hr
  | Tokens.HTML
  | Tokens.Space
  | Tokens.Strong
  | Tokens.Em
  | Tokens.Del
  | Tokens.Codespan
  | Tokens.Link
  | Tokens.Image
  | Tokens.Br
  | Tokens.Escape
  | Tokens.Checkbox;

const blocks = (tokens: Token[], context: Context): ReactNode[] =>
  // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
  tokens.map((token, index) => <Fragment key={index}>{draw(token as Known, context)}</Fragment>);

function draw(token: Known, context: Context): ReactNode {
  const inside = () => blocks(('tokens' in token && token.tokens) || [], context);
  switch (token.type) {
    case 'heading': {
      // Below the title of the task, which is the second level.
      const Heading = `h${Math.min(token.depth + 2, 6)}` as 'h3';
      return <Heading>{inside()}</Heading>;
    }
    case 'paragraph':
      return <p>{inside()}</p>;
    case 'text':
      return 'tokens' in token && token.tokens ? inside() : words(token.text, context);
    case 'escape':
      return token.text;
    case 'code':
      return (
        <pre>
          <code>{token.text}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote>{inside()}</blockquote>;
    case 'list':
      return list(token, context);
    case 'table':
      return table(token, context);
    case 'hr':
      return <hr />;
    case 'strong':
      return <strong>{inside()}</strong>;
    case 'em':
      return <em>{inside()}</em>;
    case 'del':
      return <del>{inside()}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return link(token.href, inside());
    case 'image':
      return image(token);
    case 'space':
    case 'checkbox':
      return null;
    default:
      return token.raw;
  }
}

function list(token: Tokens.List, context: Context): ReactNode {
  const items = token.items.map((item, index) => {
    const box = item.task ? context.counter.boxes++ : undefined;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
      <li key={index} data-task={item.task || undefined}>
        {box !== undefined && (
          <input
            type="checkbox"
            checked={item.checked ?? false}
            disabled={!context.onTick}
            aria-label={item.text}
            onChange={(event) => context.onTick?.(box, event.target.checked)}
          />
        )}
        <div>{blocks(item.tokens, context)}</div>
      </li>
    );
  });
  return token.ordered ? <ol start={Number(token.start) || 1}>{items}</ol> : <ul>{items}</ul>;
}

function table({ header, rows }: Tokens.Table, context: Context): ReactNode {
  return (
    <div className="markdown-table">
      <table>
        <thead>
          <tr>
            {header.map(({ tokens, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
              <th key={`${text} ${index}`}>{blocks(tokens, context)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
            <tr key={number}>
              {row.map(({ tokens }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
                <td key={index}>{blocks(tokens, context)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The address, when it is one of the web or of mail, or of this site. */
function safeAddress(href: string): { own: boolean; address: string } | undefined {
  try {
    const url = new URL(href, location.origin);
    if (url.origin === location.origin && url.username === '') return { own: true, address: url.pathname + url.search + url.hash };
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? { own: false, address: url.href } : undefined;
  } catch {
    return undefined;
  }
}

function link(href: string, text: ReactNode): ReactNode {
  const safe = safeAddress(href);
  if (!safe) return text;
  if (safe.own && !safe.address.startsWith('/api/')) return <Link to={safe.address}>{text}</Link>;
  return (
    <a href={safe.address} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}

const OWN_FILE = /^\/api\/tasks\/[0-9a-f-]{36}\/attachments\/[0-9a-f-]{36}$/;

/** Only files of our own are shown: asking another site for one would tell it who reads what. */
function image({ href, text }: Tokens.Image): ReactNode {
  const safe = safeAddress(href);
  if (safe?.own && OWN_FILE.test(safe.address)) return <img src={safe.address} alt={text} loading="lazy" />;
  return link(href, text || href);
}

/** Plain words, in which people and tasks are found. */
function words(text: string, { handles, projectKey }: Context): ReactNode {
  const pattern = projectKey ? new RegExp(`(?<![\\w@])(@[\\w.-]+|${projectKey}-[1-9]\\d{0,8})(?![\\w-])`) : /(?<![\w@])(@[\w.-]+)/;
  return unescapeEntities(text)
    .split(pattern)
    .map((part, index) => {
      if (index % 2 === 0) return part;
      if (!part.startsWith('@')) {
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
          <Link key={index} to={`/tasks/${part}`}>
            {part}
          </Link>
        );
      }
      const isSomebody = handles?.has(part.slice(1).toLowerCase());
      return isSomebody ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that changes is drawn anew
        <strong key={index} className="mention">
          {part}
        </strong>
      ) : (
        part
      );
    });
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
/** marked's lexer escapes nothing in text, but writes some entities where the text had them. */
const unescapeEntities = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!);

/** The text with its n-th box ticked, or not. Boxes in code are none. */
export function tick(text: string, index: number, isDone: boolean): string {
  let [seen, fence] = [-1, ''];
  return text
    .split('\n')
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark && (fence === '' || (mark[0] === fence[0] && mark.length >= fence.length))) fence = fence === '' ? mark : '';
      if (fence !== '' || !BOX.test(line)) return line;
      seen++;
      return seen === index ? line.replace(BOX, `$1[${isDone ? 'x' : ' '}]$3`) : line;
    })
    .join('\n');
}

const BOX = /^(\s*(?:>\s*)*(?:[-*+]|\d{1,9}[.)])\s+)\[([ xX])\](\s)/;
