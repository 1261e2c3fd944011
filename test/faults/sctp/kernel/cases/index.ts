import { associationCases } from './associations.js'
import { commandCases } from './commands.js'
import { deliveryCases } from './delivery.js'
import { extensionCases } from './extensions.js'
import { guideCases } from './guide.js'
import { hubCases } from './hub.js'
import { pathCases } from './paths.js'
import { resourceCases } from './resources.js'
import { sourceCases } from './source.js'
import { styleCases } from './styles.js'

export type Case = () => Promise<void>

/** By what they show: every call of the C code. */
export const sanitized: Record<string, Case> = {
  ...associationCases,
  ...deliveryCases,
  ...styleCases,
  ...extensionCases,
}

/** The first one counts on the first association of a kernel of its own. */
const oneByOne: Record<string, Case> = { ...guideCases, ...sanitized, ...resourceCases }

/** These wait for timers and other programs, each with addresses of its own. */
export const sideBySide: Record<string, Case> = { ...pathCases, ...sourceCases, ...commandCases, ...hubCases }

export const cases: Record<string, Case> = { ...oneByOne, ...sideBySide }
