/** "Website" → WEB, "Mobile app launch" → MAL */
export function suggestKey(name: string): string {
  const words = name
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9\s]/g, '')
    .split(/\s+/)
    .filter((word) => /^[A-Z]/.test(word));
  if (words.length === 0) return '';
  const letters = words.length === 1 ? words[0]!.slice(0, 3) : words.map(([first]) => first).join('');
  return letters.slice(0, 5);
}
