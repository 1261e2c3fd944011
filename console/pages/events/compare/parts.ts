/** What a comparison shows, which is loaded together. */
export { Compared } from './compared.js'
export { Differing } from './differing.js'
export { OtherBars } from './other-bars.js'
