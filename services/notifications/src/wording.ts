import type { InboxReason } from '@taskflow/contracts/notifications';

export interface Told {
  reason: InboxReason;
  type: string;
  actorName: string;
  fields: string[];
}

/** What happened, in one sentence without its full stop. */
export function describe({ reason, type, actorName, fields }: Told): string {
  switch (reason) {
    case 'mentioned':
      return `${actorName} mentioned you`;
    case 'assigned':
      return `${actorName} assigned this to you`;
    case 'due':
      return 'This is due';
    case 'system':
      return 'A webhook was disabled because it kept failing';
    default:
      return `${actorName} ${act(type, fields)}`;
  }
}

function act(type: string, fields: string[]): string {
  switch (type) {
    case 'comment.created':
      return 'commented';
    case 'task.created':
      return 'created this';
    case 'task.moved':
      return 'moved this';
    case 'task.deleted':
      return 'deleted this';
    case 'task.restored':
      return 'restored this';
    case 'attachment.created':
      return 'attached a file';
    case 'task.updated':
      return fields.length > 0 ? `changed ${fields.join(', ')}` : 'changed this';
    default:
      return type.replace('.', ': ');
  }
}
