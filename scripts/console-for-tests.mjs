import { join } from 'node:path'
import { buildConsole } from './console.mjs'
import { root } from './steps.mjs'

/** Builds the console only, in a second, so that its tests never see an older one than the sources. */
export default () => buildConsole(join(root, 'dist/console'))
