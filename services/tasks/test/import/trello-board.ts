/** A board as Trello exports it, with as many open cards, and two that are archived. */
export function trelloBoard(cards: number, member: string) {
  const id = (kind: number, index: number) => `5f5e1000${kind.toString(16).padStart(4, '0')}${index.toString(16).padStart(12, '0')}`;
  const lists = ['Backlog', 'Doing', 'Done'].map((name, index) => ({
    id: id(1, index),
    name,
    closed: false,
    pos: index * 65_536,
    idBoard: id(0, 0),
    softLimit: null,
  }));
  const card = (index: number, more = {}) => ({
    id: id(2, index),
    name: `Card ${index}`,
    desc: 'What to do',
    idList: id(1, index % 3),
    closed: false,
    pos: index * 16_384,
    due: '2026-03-05T12:00:00.000Z',
    dueComplete: false,
    start: '2026-03-01T12:00:00.000Z',
    idLabels: [id(3, 0), id(3, 1)],
    idMembers: [id(4, 0), id(4, 1)],
    idChecklists: [id(5, index)],
    attachments:
      index === 0
        ? [
            { id: id(6, 0), name: 'a] b', url: 'https://example.com/a.pdf', bytes: 5 },
            { name: 'evil', url: 'javascript:alert(1)' },
          ]
        : [],
    customFieldItems: index === 0 ? [{ idCustomField: id(7, 0), value: { text: 'x' } }] : [],
    cover: { color: null },
    shortLink: 'abcdefgh',
    badges: { votes: 0 },
    ...more,
  });
  const comment = (index: number, text: string, username: string) => ({
    id: id(8, index),
    type: 'commentCard',
    date: `2026-02-0${index}T00:00:00.000Z`,
    data: { text, card: { id: id(2, 0), name: 'Card 0' }, list: { name: 'Backlog' } },
    memberCreator: { id: id(4, 0), username, fullName: 'Somebody' },
  });
  return {
    id: id(0, 0),
    name: 'Board',
    desc: '',
    closed: false,
    prefs: { permissionLevel: 'private' },
    lists: [...lists, { id: id(1, 9), name: 'Old', closed: true, pos: 1, idBoard: id(0, 0), softLimit: null }],
    cards: [
      ...Array.from({ length: cards }, (_, index) => card(index)),
      card(90_000, { closed: true }),
      card(90_001, { idList: id(1, 9) }),
    ],
    labels: [
      { id: id(3, 0), name: 'Bug', color: 'red_dark' },
      { id: id(3, 1), name: '', color: 'green' },
    ],
    members: [
      { id: id(4, 0), username: member, fullName: 'Ben Example' },
      { id: id(4, 1), username: 'gone', fullName: 'Gone Example' },
    ],
    checklists: Array.from({ length: cards }, (_, index) => ({
      id: id(5, index),
      idCard: id(2, index),
      name: 'Steps',
      checkItems: [
        { name: 'two', state: 'incomplete', pos: 2 },
        { name: 'one', state: 'complete', pos: 1 },
      ],
    })),
    actions: [
      comment(2, 'second', 'gone'),
      comment(1, 'first', member),
      { id: id(8, 3), type: 'updateCard', date: '2026-01-01T00:00:00.000Z', data: {} },
    ],
  };
}
