/** The parts of a comparison, which are loaded together. */
export { Compared } from './compared.js'
export { Differing } from './differing.js'
export { OtherBars } from './other-bars.js'
