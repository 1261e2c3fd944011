import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

/** Imported first: among other tests, a thread of the lowest priority would hardly get a processor. */
os.setPriority = () => {}
syncBuiltinESMExports()
