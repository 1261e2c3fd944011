import { type Attack, repeat, type Size, Tally, type Target } from './attack.js'

/** Just below the default of `limits.http.body`. */
const BODY_BYTES = 15.9 * 1024 * 1024
const TYPE = 'application/json'

/** Posts the same body again and again. The status is no matter: refusing it may cost as much as taking it. */
export function postBody(
  name: string,
  what: string,
  make: (size: Size) => string,
  type: string = TYPE,
): Attack {
  return {
    name,
    what,
    must: 50,
    async prepare(target, size) {
      const body = new TextEncoder().encode(make(size))
      return async (seconds) => {
        const answers = new Tally()
        await repeat(seconds, async () => answers.add(await post(target, body, type)))
        return `${answers}, ${(body.length / 2 ** 20).toFixed(1)} MB each`
      }
    },
  }
}

/** Returns the status, or why there was none. */
export async function post(target: Target, body: Uint8Array, type = TYPE): Promise<number | string> {
  try {
    return await answerTo(target, body, type)
  } catch (error) {
    return String((error as Error).cause ?? error)
  }
}

async function answerTo({ http, token }: Target, body: Uint8Array, type: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${http}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: body as Uint8Array<ArrayBuffer>,
  })
  await response.arrayBuffer()
  return response.status
}

/** An event whose data is filled with parts up to the size of a body. */
function filled(open: string, part: (index: number) => string, close: string): string {
  const parts: string[] = []
  for (let bytes = open.length + close.length, i = 0; bytes < BODY_BYTES; i++) {
    parts.push(part(i))
    bytes += parts[i].length + 1
  }
  return `{"tag":"load/json","data":${open}${parts.join(',')}${close}}`
}

const key = (index: number) => `"key-${index.toString(36)}":1`
const bigInteger = (index: number) => String(2n ** 60n + BigInt(index))
const text = (index: number) => `"\\u00e4\\n\\"${index}\\\\"`

export const jsonBodies: Attack[] = [
  postBody('json-keys', 'one body of 16 MB of JSON with many different keys', () => filled('{', key, '}')),
  postBody('json-repeated-key', '16 MB of JSON with one key twice at the end', () =>
    filled('{', key, ',"twice":1,"twice":2}'),
  ),
  postBody('json-lists', '16 MB of [],[],…', () => filled('[', () => '[]', ']')),
  postBody('json-integers', '16 MB of big integers', () => filled('[', bigInteger, ']')),
  postBody('json-escapes', '16 MB of texts full of escapes', () => filled('[', text, ']')),
  postBody('json-nested', '16 MB of brackets', () => '['.repeat(BODY_BYTES)),
]

const EVENTS_A_BATCH = 20

/** A batch of CloudEvents, each as large as the whole body allows. */
export const cloudEventsBatch = postBody(
  'cloudevents-batch',
  '20 CloudEvents in a batch of 16 MB',
  () => {
    const text = 'x'.repeat(BODY_BYTES / EVENTS_A_BATCH - 200)
    const event = (id: number) => ({
      specversion: '1.0',
      id: String(id),
      source: 'attacker',
      type: 'load.batch',
      subject: 'load/batch',
      data: { text },
    })
    return JSON.stringify(Array.from({ length: EVENTS_A_BATCH }, (_, i) => event(i)))
  },
  'application/cloudevents-batch+json',
)
