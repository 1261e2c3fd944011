/** The times that are chosen and typed, which are loaded together. */
export { CompareDialog } from '../compare/compare-dialog.js'
export { ChosenTime } from './chosen-time.js'
export { TimeDialog } from './time-dialog.js'
