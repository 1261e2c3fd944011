import { compileSources } from './compiled.mjs'

/** Compiles the sources for tests of one process. */
export default compileSources
