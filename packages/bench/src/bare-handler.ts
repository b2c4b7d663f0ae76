import fastify from 'fastify';
import postgres from 'postgres';

// The least that can answer GET /tasks/:id in Node: one statement and its row. `node bare-handler.ts PORT DATABASE_URL`

const sql = postgres(process.argv[3]!, { max: 10 });
const app = fastify();
app.get<{ Params: { id: string } }>('/tasks/:id', async ({ params }, reply) => {
  const [row] = await sql`
    select task_json(t) as task from tasks t join projects p on p.id = t.project_id
    where t.id = ${params.id} and t.deleted_at is null and p.deleted_at is null`;
  return row ? row.task : reply.code(404).send({});
});
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
