import { manualPages } from '../../src/cli/help/manual.js'
import { cliReference } from '../../src/cli/help/reference.js'
import type { Io } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'
import { configurationReference, configurationSchema } from '../../src/hub/config/index.js'
import { bridgeReference } from './bridge.js'
import { errorReference } from './errors.js'
import { eventTypeReference } from './event-types.js'
import { httpReference } from './http.js'
import { knownTypesModule } from './known-types.js'
import { methodTypesModule, protocolReference } from './method-types.js'
import { metricsReference } from './metrics.js'
import { ncsReference } from './ncs.js'
import { pythonConstants } from './python-constants.js'
import { rightsReference } from './rights.js'
import { sctpReference } from './sctp.js'

/** Files generated from the code, by path. A test fails when one is out of date. */
export const generatedDocs: Record<string, () => string | Promise<string>> = {
  'docs/reference/errors.md': errorReference,
  'docs/reference/event-types.md': eventTypeReference,
  'docs/reference/configuration.md': configurationReference,
  'docs/reference/bridge.md': bridgeReference,
  'docs/reference/tocsin.schema.json': configurationSchema,
  'docs/reference/http.md': httpReference,
  'docs/reference/metrics.md': metricsReference,
  'docs/reference/protocol.md': protocolReference,
  'docs/reference/rights.md': rightsReference,
  'docs/reference/ncs.md': ncsReference,
  'docs/reference/sctp.md': sctpReference,
  'docs/reference/cli.md': () => cliReference(commandLine()),
  'src/client/known-types.ts': knownTypesModule,
  'src/methods/contract/index.ts': methodTypesModule,
  ...pythonConstants,
  ...manual(),
}

function manual(): Record<string, () => string> {
  const pages = Object.entries(manualPages(commandLine()))
  return Object.fromEntries(pages.map(([name, text]) => [`docs/man/${name}`, () => text]))
}

/** Only the definitions are read; no command runs. */
function commandLine() {
  return buildProgram({} as Io)
}
