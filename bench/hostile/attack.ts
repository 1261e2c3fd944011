/** A hub to attack: its listeners, and the token of a principal that may use only `load/`. */
export interface Target {
  tcp: number
  http: number
  /** Port for NETCONF over SSH. */
  netconf: number
  /** Port for publishers of a Salt bus. */
  salt: number
  /** URL of an issuer that the hub trusts; an attack may listen there. */
  issuer: string
  /** Path of the unix socket of the hub's owner. */
  socket: string
  /** The principal that attacks. */
  name: string
  token: string
}

/** Full size, or small enough for a few seconds. */
export type Size = 'full' | 'quick'

/** Attacks for about so many seconds, as long as anything is left to do, and says in a few words what came of it. */
export type Strike = (seconds: number) => Promise<string>

/**
 * An attack that tries to keep the hub from serving others: by a peer with valid credentials that stays inside all
 * limits, or by browsers that log in.
 */
export interface Attack {
  name: string
  what: string
  /** ms: largest 99th percentile of what the others may notice. */
  must: 20 | 50
  /** MB: by how much the hub may grow, if that is judged. */
  growth?: number
  /** Makes everything that can be made beforehand, so that only the hub's work is measured. */
  prepare(target: Target, size: Size): Promise<Strike>
}

/** Counts answers by what they are. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string | number): void {
    this.#counts.set(String(what), (this.#counts.get(String(what)) ?? 0) + 1)
  }

  toString(): string {
    return [...this.#counts].map(([what, count]) => `${count} × ${what}`).join(', ') || 'nothing refused'
  }
}

/** Does the work again and again, one at a time and at least once, until the seconds are over. */
export async function repeat(seconds: number, work: () => Promise<void>): Promise<void> {
  const end = Date.now() + seconds * 1000
  do await work()
  while (Date.now() < end)
}

export interface Crowd extends Pick<Attack, 'name' | 'what'> {
  /** Peers at the same time. */
  atOnce: number
  /** Done once before all visits. */
  begin?(target: Target): Promise<unknown>
}

/** Many peers that do the same at once, again and again. A visit resolves with what came of it. */
export function crowd(
  { name, what, atOnce, begin }: Crowd,
  visit: (target: Target, nth: number) => Promise<string | number>,
): Attack {
  return {
    name,
    what,
    must: 50,
    async prepare(target) {
      await begin?.(target)
      let nth = 0
      return async (seconds) => {
        const outcomes = new Tally()
        await repeat(seconds, async () => {
          const visits = Array.from({ length: atOnce }, () => visit(target, nth++).catch(String))
          for (const outcome of await Promise.all(visits)) outcomes.add(outcome)
        })
        return String(outcomes)
      }
    },
  }
}
