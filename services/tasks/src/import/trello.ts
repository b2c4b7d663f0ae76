import { Type } from 'typebox';
import { Plan, toDate, toMoment } from './plan.ts';
import { readJson } from './read-json.ts';

const Text = Type.String();
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** What is read of the JSON export of a Trello board (menu, Print, export and share). */
const TrelloBoard = Type.Object({
  name: Text,
  lists: Type.Array(Type.Object({ id: Text, name: Text, closed: Maybe(Type.Boolean()), pos: Maybe(Type.Number()) })),
  cards: Type.Array(
    Type.Object({
      id: Text,
      name: Text,
      desc: Maybe(Text),
      idList: Text,
      closed: Maybe(Type.Boolean()),
      pos: Maybe(Type.Number()),
      due: Maybe(Text),
      start: Maybe(Text),
      idLabels: Maybe(Type.Array(Text)),
      idMembers: Maybe(Type.Array(Text)),
      attachments: Maybe(Type.Array(Type.Object({ name: Maybe(Text), url: Maybe(Text) }))),
      customFieldItems: Maybe(Type.Array(Type.Unknown())),
    }),
  ),
  labels: Maybe(Type.Array(Type.Object({ id: Text, name: Maybe(Text), color: Maybe(Text) }))),
  members: Maybe(Type.Array(Type.Object({ id: Text, username: Maybe(Text), fullName: Maybe(Text) }))),
  checklists: Maybe(
    Type.Array(
      Type.Object({
        idCard: Text,
        name: Text,
        checkItems: Type.Array(Type.Object({ name: Text, state: Maybe(Text), pos: Maybe(Type.Number()) })),
      }),
    ),
  ),
  actions: Maybe(
    Type.Array(
      Type.Object({
        type: Text,
        date: Maybe(Text),
        data: Maybe(Type.Object({ text: Maybe(Text), card: Maybe(Type.Object({ id: Maybe(Text) })) })),
        memberCreator: Maybe(Type.Object({ username: Maybe(Text), fullName: Maybe(Text) })),
      }),
    ),
  ),
});

const COLORS: Record<string, string> = {
  green: '#61bd4f',
  yellow: '#f2d600',
  orange: '#ff9f1a',
  red: '#eb5a46',
  purple: '#c377e0',
  blue: '#0079bf',
  sky: '#00c2e0',
  lime: '#51e898',
  pink: '#ff78cb',
  black: '#344563',
};

/** Trello exports at most the last 1,000 actions, so older comments are not in the file. */
export function planTrello(content: string): Plan {
  const board = readJson(content, TrelloBoard, 'the JSON export of a Trello board');
  const plan = new Plan();
  const byPosition = (a: { pos?: number | null }, b: { pos?: number | null }) => (a.pos ?? 0) - (b.pos ?? 0);
  const open = board.lists.filter(({ closed }) => !closed).sort(byPosition);
  const columns = new Map(open.map(({ id, name }) => [id, plan.column(name)]));
  for (const { closed, name } of board.lists) if (closed) plan.leave('archived list', name);
  const labels = new Map(
    board.labels?.map(({ id, name, color }) => {
      const shade = color?.split('_')[0] ?? '';
      return [id, plan.label(name || shade || 'label', COLORS[shade])];
    }),
  );
  const members = new Map(board.members?.map(({ id, username, fullName }) => [id, username || fullName || id]));
  const checklists = Map.groupBy(board.checklists ?? [], ({ idCard }) => idCard);
  const comments = Map.groupBy(
    (board.actions ?? []).filter(({ type, data }) => type === 'commentCard' && data?.text && data.card?.id),
    ({ data }) => data?.card?.id as string,
  );
  const others = (board.actions ?? []).filter(({ type }) => type !== 'commentCard');
  if (others.length > 0) plan.leave('entry of the history', others[0]?.type ?? '', others.length);

  for (const card of board.cards.toSorted(byPosition)) {
    const column = columns.get(card.idList);
    if (card.closed || column === undefined) {
      plan.leave('archived card', card.name);
      continue;
    }
    const lists = checklists.get(card.id) ?? [];
    const tasks = lists.map(({ name, checkItems }) => {
      const items = checkItems.toSorted(byPosition).map((item) => `- [${item.state === 'complete' ? 'x' : ' '}] ${item.name}`);
      return `### ${name}\n\n${items.join('\n')}`;
    });
    const links = (card.attachments ?? [])
      .filter(({ url }) => url && /^https?:/i.test(url))
      .map(({ name, url }) => `- [${plainText(name || url)}](<${url}>)`);
    if (links.length > 0) plan.leave('attachment, kept as a link', card.name, links.length);
    if (card.customFieldItems?.length) plan.leave('custom field', card.name, card.customFieldItems.length);
    plan.task({
      title: card.name,
      description: [card.desc, ...tasks, links.join('\n')].filter(Boolean).join('\n\n'),
      column,
      labels: (card.idLabels ?? []).flatMap((id) => labels.get(id) ?? []),
      assignees: (card.idMembers ?? []).flatMap((id) => members.get(id) ?? []),
      startDate: toDate(card.start),
      dueDate: toDate(card.due),
      createdAt: createdAt(card.id),
      comments: (comments.get(card.id) ?? [])
        .map(({ data, date, memberCreator }) => ({
          author: memberCreator?.username || memberCreator?.fullName || null,
          body: data?.text as string,
          createdAt: toMoment(date),
        }))
        .reverse(), // Trello has the newest first
    });
  }
  return plan.finish();
}

/** A Trello id is one of MongoDB: its first four bytes are the seconds since 1970. */
const createdAt = (id: string): string | null =>
  /^[0-9a-f]{24}$/.test(id) ? toMoment(new Date(Number.parseInt(id.slice(0, 8), 16) * 1000).toISOString()) : null;

const plainText = (text: string | null | undefined): string => (text ?? '').replace(/[[\]\\<>]/g, ' ');
