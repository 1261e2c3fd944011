import type { Principal } from '../../bus/principal.js'

/** Where connections come in, and who is at the other end of them. */
export interface Listener {
  /** For people: `unix:/run/tocsin/tocsin.sock`. */
  readonly address: string
  /** Who everybody is that comes in here without a token; without it a token is needed. */
  readonly principal?: Principal
  /** Whose token it is; undefined for nobody's. Without it tokens are not taken. */
  identify?(token: string): Principal | undefined
}
