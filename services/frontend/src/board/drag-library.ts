import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements, monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import { attachClosestEdge, extractClosestEdge } from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';

/** What dragging needs of its library, as one chunk that is loaded after the board. */
export const library = {
  combine,
  draggable,
  dropTargetForElements,
  monitorForElements,
  autoScrollForElements,
  attachClosestEdge,
  extractClosestEdge,
};
