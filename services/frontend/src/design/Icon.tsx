/** Drawn for 16 × 16, with a line of 1.5. */
const PATHS = {
  add: 'M8 3v10M3 8h10',
  archive: 'M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3',
  arrowDown: 'M8 3v10M4 9l4 4 4-4',
  arrowLeft: 'M13 8H3M7 4 3 8l4 4',
  arrowRight: 'M3 8h10M9 4l4 4-4 4',
  arrowUp: 'M8 13V3M4 7l4-4 4 4',
  attach: 'M13 7.5 8 12.6a3.2 3.2 0 0 1-4.6-4.5l5.3-5.3a2.2 2.2 0 0 1 3.1 3L6.6 11a1.1 1.1 0 0 1-1.6-1.5l4.6-4.7',
  bell: 'M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3zM6.5 14h3',
  bellOff: 'M4 11.5V7a4 4 0 0 1 6.5-3.1M12 7v4.5l1 1H6M6.5 14h3M2.5 2.5l11 11',
  board: 'M2.5 3h3v10h-3zM6.5 3h3v7h-3zM10.5 3h3v5h-3z',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3',
  chart: 'M2.5 13.5h11M4 11V8M7 11V4M10 11V6M13 11V2.5',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  checkbox: 'M3 3h10v10H3zM5.5 8l2 2 3.5-4',
  chevronDown: 'm4 6 4 4 4-4',
  chevronRight: 'm6 4 4 4-4 4',
  close: 'm4 4 8 8M12 4l-8 8',
  comment: 'M2.5 3h11v8h-6l-3 2.5V11h-2z',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  due: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.3',
  edit: 'm3 13 .6-2.8 7-7 2.2 2.2-7 7zM9.3 4.5l2.2 2.2',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  eyeOff:
    'M3 3l10 10M6.3 3.8A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-2 2.5M4 5a10 10 0 0 0-2.500 3S4 12.500 8 12.500a6 6 0 0 0 2.500-.5M6.600 6.600a2 2 0 0 0 2.800 2.800',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  flag: 'M4 14V3h8l-2 3 2 3H4',
  folder: 'M2.5 12.5v-9h4l1.5 2h5.5v7z',
  home: 'm2.5 7.5 5.5-5 5.5 5M4 6.5v7h8v-7',
  inbox: 'M2.5 9 4.5 3h7l2 6v4h-11zM2.5 9h3.3a2.2 2.2 0 0 0 4.4 0h3.3',
  label: 'M8.5 2.5h5v5l-6 6-5-5zM10.8 5.2h.01',
  link: 'M6.5 9.5l3-3M7 4.5l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.2 1.2a3 3 0 0 1-4.3-4.3l1.2-1.2',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  lock: 'M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  more: 'M3 7.6v.8M8 7.6v.8M13 7.6v.8M2.6 8h.8M7.6 8h.8M12.6 8h.8',
  people:
    'M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6M1.8 13.5c0-2.5 1.8-4 4.2-4s4.2 1.5 4.2 4M10.5 3.2a2.2 2.2 0 0 1 0 4.1M11.5 9.7c1.7.4 2.7 1.8 2.7 3.8',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3l3.4 3.4',
  settings: 'M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 3a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3M6 10a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3',
  signOut: 'M9.5 2.5h-6v11h6M6.5 8h7M11 5.5 13.5 8 11 10.5',
  status: 'M2 8.5h3l2-5 2.5 9 1.8-4H14',
  subtask: 'M3 2.5v7a1.5 1.5 0 0 0 1.5 1.5H8M3 5.5h5M9.5 4h4v3h-4zM9.5 9.5h4v3h-4z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  timeline: 'M2.5 4.500h6M5.5 8h7M8.5 11.5h5',
  trash: 'M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.6 9h6.8l.6-9M6.5 7v4M9.5 7v4',
  undo: 'M5.5 3 2.5 6l3 3M3 6h6.5a4 4 0 0 1 0 8H6',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside a text, or inside a control that has a name. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={size > 24 ? 0.9 : 1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
