/** The same person has the same colour everywhere. */
export function Avatar({ id, name, size }: { id: string; name: string; size?: 'large' }) {
  return (
    <span className="avatar" data-size={size} style={{ '--hue': hueOf(id) }} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

declare module 'react' {
  interface CSSProperties {
    '--hue'?: number;
    '--color'?: string;
    '--day'?: string;
    '--days'?: number;
  }
}

function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 360;
  return sum;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}
