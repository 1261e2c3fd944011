export { Access, ADMIN } from './access.js'
export type { Extent, Grant, GrantedRights } from './rights.js'
