import type { BrowserLogins } from '../../../access/index.js'
import type { ConsoleFiles } from './files.js'
import type { Links } from './links.js'
import type { Logins } from './logins.js'

/** The web console of a hub. */
export interface Console {
  /** Reads them once. */
  readonly files: () => Promise<ConsoleFiles>
  readonly logins: Logins
  readonly links: Links
  /** Logins at issuers; undefined: none. */
  readonly issuers: BrowserLogins | undefined
}
