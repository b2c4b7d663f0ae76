import { createHash } from 'node:crypto';

/** Trello's ids are 24 hexadecimal digits, the first 8 of them the time of creation in seconds. */
const id = (kind: string, index: number): string => {
  const time = (1_700_000_000 + index * 60).toString(16);
  return time + createHash('sha1').update(`${kind}-${index}`).digest('hex').slice(0, 16);
};

const LISTS = ['Ideas', 'To do', 'Doing', 'Review', 'Done'];
const LABELS = [
  { name: 'bug', color: 'red' },
  { name: 'feature', color: 'green' },
  { name: 'design', color: 'purple' },
  { name: '', color: 'yellow' },
];
const VERBS = ['Fix', 'Write', 'Measure', 'Review', 'Ship', 'Rename', 'Document', 'Remove'];
const THINGS = [
  'the login form',
  'the import of boards',
  'the nightly backup',
  'the tooltip',
  'the search index',
  'the invoice e-mail',
  'the empty state',
];

/** A board as Trello's "Export as JSON" writes it, with everything a real one has: archived cards, checklists, comments, members. */
export function trelloBoard(cards: number): object {
  const lists = LISTS.map((name, index) => ({
    id: id('list', index),
    name,
    closed: false,
    pos: (index + 1) * 65536,
    idBoard: id('board', 0),
  }));
  const labels = LABELS.map((label, index) => ({ id: id('label', index), idBoard: id('board', 0), ...label }));
  const members = ['Ana Example', 'Ben Example'].map((fullName, index) => ({
    id: id('member', index),
    fullName,
    username: fullName.toLowerCase().replace(' ', ''),
    initials: fullName.replace(/[^A-Z]/g, ''),
  }));
  const made = Array.from({ length: cards }, (_, index) => ({
    id: id('card', index),
    idShort: index + 1,
    shortLink: id('link', index).slice(-8),
    name: `${VERBS[index % VERBS.length]} ${THINGS[index % THINGS.length]} (${index + 1})`,
    desc: index % 3 === 0 ? `Seen by **customers** since release ${index % 17}.\n\n- first\n- second` : '',
    closed: index % 50 === 49,
    idBoard: id('board', 0),
    idList: lists[index % lists.length]?.id,
    idLabels: index % 4 === 0 ? [labels[index % labels.length]?.id] : [],
    idMembers: index % 5 === 0 ? [members[index % members.length]?.id] : [],
    idChecklists: index % 20 === 0 ? [id('checklist', index)] : [],
    pos: (index + 1) * 1024.5,
    start: null,
    due: index % 6 === 0 ? new Date(Date.UTC(2027, index % 12, 1 + (index % 27), 12)).toISOString() : null,
    dueComplete: false,
    dateLastActivity: new Date(Date.UTC(2026, 0, 1 + (index % 300))).toISOString(),
    url: `https://trello.com/c/${id('link', index).slice(-8)}`,
    attachments: [],
    badges: { votes: 0, comments: index % 25 === 0 ? 1 : 0 },
    cover: { idAttachment: null, color: null },
  }));
  return {
    id: id('board', 0),
    name: 'Product',
    desc: 'What we build next',
    closed: false,
    prefs: { permissionLevel: 'private', background: 'blue' },
    lists,
    labels,
    members,
    memberships: members.map((member, index) => ({ id: id('membership', index), idMember: member.id, memberType: 'normal' })),
    cards: made,
    checklists: made
      .filter(({ idChecklists }) => idChecklists.length > 0)
      .map(({ id: idCard }, index) => ({
        id: id('checklist', index * 20),
        name: 'Steps',
        idCard,
        pos: 16384,
        checkItems: ['Agree', 'Build', 'Tell'].map((name, item) => ({
          id: id('item', index * 3 + item),
          name,
          state: item === 0 ? 'complete' : 'incomplete',
          pos: item,
        })),
      })),
    actions: made
      .filter((_, index) => index % 25 === 0)
      .map((card, index) => ({
        id: id('action', index),
        type: 'commentCard',
        date: new Date(Date.UTC(2026, 5, 1 + (index % 28))).toISOString(),
        idMemberCreator: members[index % 2]?.id,
        memberCreator: members[index % 2],
        data: { text: 'Can we do this before the release?', card: { id: card.id, name: card.name, idShort: card.idShort } },
      })),
    customFields: [],
    pluginData: [],
  };
}
