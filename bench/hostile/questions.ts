import { type Attack, crowd, repeat, Tally, type Target } from './attack.js'
import { Peer } from './peer.js'

/** Asks the same of the hub many times at once, again and again. */
function questions(
  name: string,
  method: string,
  atOnce: number,
  params: (nth: number) => Record<string, unknown>,
): Attack {
  return {
    name,
    what: `${atOnce} × ${method} at once`,
    must: 50,
    async prepare(target) {
      const peer = await Peer.open(target)
      return async (seconds) => {
        const answers = new Tally()
        let nth = 0
        await repeat(seconds, () => {
          const all = Array.from({ length: atOnce }, () => params(nth++))
          return peer.requests(method, all, (code) => answers.add(code))
        })
        peer.close()
        return String(answers)
      }
    },
  }
}

/** The same over HTTP, each on a connection of its own. */
function overHttp(name: string, path: string, atOnce: number): Attack {
  const ask = async ({ http, token }: Target) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: '{}' }
    const response = await fetch(`http://127.0.0.1:${http}${path}`, request)
    await response.arrayBuffer()
    return response.status
  }
  // The first request of a hub loads what answers requests.
  return crowd({ name, what: `${atOnce} × ${path} over HTTP at once`, atOnce, begin: ask }, ask)
}

const PATTERNS = 30
/** Expensive to compile, and never the same twice. */
const costly = (nth: number) => ({
  filters: {
    any: Array.from({ length: PATTERNS }, (_, i) => ({
      regex: { 'data.text': `(?i)[a-zà-ÿ\\p{Greek}\\p{Cyrillic}]{1,60}q${nth}w${i}` },
    })),
  },
})
const searched = { filters: { regex: { 'data.text': '(a|b)*c(d|e)*f' } }, from: '-1h', limit: 500 }

const TAGS = 100_000
/** As many as a request has room for. */
const tagged = { filters: Array.from({ length: TAGS }, (_, nth) => `load/${nth.toString(36)}`) }

/** Questions that take long to answer, or to refuse. */
export const longQuestions: readonly Attack[] = [
  questions('explain-regex', 'filters.explain', 50, costly),
  questions('read-regex', 'events.read', 16, () => searched),
  questions('filter-tags', 'filters.explain', 2, () => tagged),
  questions('types', 'types.list', 32, () => ({})),
  overHttp('types-http', '/v1/types.list', 32),
  overHttp('tickets', '/v1/ticket', 200),
]
