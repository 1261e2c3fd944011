import { associationCases } from './associations.js'
import { commandCases } from './commands.js'
import { deliveryCases } from './delivery.js'
import { extensionCases } from './extensions.js'
import { guideCases } from './guide.js'
import { hubCases } from './hub.js'
import { pathCases } from './paths.js'
import { pythonCases } from './python.js'
import { resourceCases } from './resources.js'
import { sourceCases } from './source.js'
import { styleCases } from './styles.js'

export type Case = () => Promise<void>

/** Cases that together make every call of the C code. */
export const sanitized: Record<string, Case> = {
  ...associationCases,
  ...deliveryCases,
  ...styleCases,
  ...extensionCases,
}

/** The first case expects the first association of a new kernel. */
const oneByOne: Record<string, Case> = { ...guideCases, ...sanitized, ...resourceCases, ...pythonCases }

/** Cases that wait for timers and other programs. Each has its own addresses. */
export const sideBySide: Record<string, Case> = { ...pathCases, ...sourceCases, ...commandCases, ...hubCases }

export const cases: Record<string, Case> = { ...oneByOne, ...sideBySide }
