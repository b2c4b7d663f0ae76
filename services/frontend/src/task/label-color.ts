/** Told apart in light and dark, also by most people who see colours differently (after Okabe and Ito, 2008). */
const LABEL_COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8250df', '#6e7781', '#bf3989', '#1a7f37'];

/** The same name begins with the same colour. */
export function newLabelColor(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return LABEL_COLORS[sum % LABEL_COLORS.length]!;
}
