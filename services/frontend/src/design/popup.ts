import { useState } from 'react';

/** What a popup belongs to: it opens beside it, and gives the focus back to it. */
export type Anchor = HTMLElement;

export interface PopupProps {
  /** names it for screen readers */
  label: string;
  anchor: Anchor;
  onClose: () => void;
}

/** The state of a popup: `open` takes the event of the control that opens it. */
export function usePopup() {
  const [anchor, setAnchor] = useState<Anchor>();
  return {
    anchor,
    open: ({ currentTarget }: { currentTarget: Element }) => setAnchor(currentTarget as HTMLElement),
    close: () => setAnchor(undefined),
  };
}
