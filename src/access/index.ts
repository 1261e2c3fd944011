export { Access, type AccessStore } from './access.js'
export type { BrowserLogins } from './browser-login/browser-logins.js'
export type { Credentials, Identify, Identity, PeerCertificateLike } from './identify.js'
export type { OidcIssuerSettings } from './oidc-issuer.js'
export { MAX_PASSWORD, MIN_PASSWORD } from './passwords.js'
export type { Extent, Grant, GrantedRights } from './rights.js'
export { ADMIN } from './rights.js'
export type { Session } from './session.js'
export { type SessionInfo, type SessionObserver, Sessions } from './sessions.js'
export {
  SESSIONS_KEPT,
  type SessionAccess,
  type SessionKind,
  StoredSessions,
} from './stored-sessions.js'
export type { TokenRecord } from './token.js'
export type { MadeToken, NewToken } from './tokens.js'
