import { type Client, connect } from '../../src/client/index.js'
import { type Attack, repeat, Tally, type Target } from './attack.js'

/** Repeats a request of the management. */
function managed(
  name: string,
  what: string,
  work: (client: Client, nth: number) => Promise<unknown>,
): Attack {
  return {
    name,
    what,
    must: 50,
    prepare:
      async ({ socket }: Target) =>
      async (seconds) => {
        const client = await connect({ address: socket })
        const answers = new Tally()
        let nth = 0
        await repeat(seconds, async () => {
          const answered = work(client, nth++).then(
            () => 'answered',
            (thrown) => thrown.code ?? String(thrown),
          )
          answers.add(await answered)
        })
        await client.close()
        return String(answers)
      },
  }
}

const PRINCIPALS = 2000
const TOKENS = 32
const LISTS = 16

const request = (client: Client, method: string, params: object = {}): Promise<unknown> =>
  client.request(method as never, params as never)

const atOnce = (count: number, ask: (nth: number) => Promise<unknown>) =>
  Promise.all(Array.from({ length: count }, (_, nth) => ask(nth)))

/** Each time with other rights, so that all of them change. */
function principals(turn: number): string {
  const one = (nth: number) =>
    `  bench-${nth}: { see: [app/${nth}/${turn}/], publish: [app/${nth}/${turn}/] }\n`
  return Array.from({ length: PRINCIPALS }, (_, nth) => one(nth)).join('')
}

const session = 'bench'

/** Puts the principals before those that the configuration has, or in the place of those of the last time. */
async function commitPrincipals(client: Client, turn: number): Promise<void> {
  const { text } = (await request(client, 'config.get', { text: true })) as { text: string }
  const rest = text.replaceAll(/^ {2}bench-\d+: .*\n/gm, '')
  const next = rest.replace('\nprincipals:\n', `\nprincipals:\n${principals(turn)}`)
  await request(client, 'config.edit', { session, text: next })
  await request(client, 'config.commit', { session })
}

async function tokens(client: Client, turn: number): Promise<void> {
  const names = Array.from({ length: TOKENS }, (_, nth) => `token-${turn}-${nth}`)
  await Promise.all(names.map((name) => request(client, 'tokens.add', { name, rights: { see: '*' } })))
  await atOnce(LISTS, () => request(client, 'tokens.list'))
  await Promise.all(names.map((name) => request(client, 'tokens.revoke', { name })))
}

const JOBS = 32

async function jobs(client: Client): Promise<void> {
  await atOnce(JOBS, () => request(client, 'jobs.run', { commands: ['seq 1 100'] }))
  await atOnce(LISTS, () => request(client, 'jobs.list', { limit: 1000 }))
}

export const management: readonly Attack[] = [
  managed('tokens', `${TOKENS} tokens added, listed and removed`, tokens),
  managed('jobs', `${JOBS} jobs at once, and all of them listed ${LISTS} times`, jobs),
  managed('principals', `${PRINCIPALS} principals in one commit, all of which change`, commitPrincipals),
]
