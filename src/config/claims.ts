import type { KeyPath } from '../event/json/key-path.js'
import { nearest } from './nearest.js'

/**
 * Statements in the configuration of one part that must agree with those of other parts. Each entry names the
 * key to correct if it does not.
 */
export interface ConfigClaims {
  /** Principals that are named; each of them must exist. */
  readonly principals?: readonly { readonly name: string; readonly path: KeyPath }[]
  /** Addresses at which the hub listens; each may occur only once. */
  readonly listens?: readonly { readonly at: string; readonly path: KeyPath }[]
  /** Addresses to which the hub connects; it may not listen at any of them itself. */
  readonly connects?: readonly { readonly at: string; readonly path: KeyPath }[]
  /** Sources (`salt/master`) for which this part is the only publisher; each may occur only once. */
  readonly sources?: readonly { readonly source: string; readonly path: KeyPath }[]
}

export interface ClaimProblem {
  path: (string | number)[]
  message: string
}

/** The problems with the claims. `principals` are the names that exist. */
export function claimProblems(
  claims: readonly ConfigClaims[],
  principals: readonly string[],
): ClaimProblem[] {
  const listens = claims.flatMap((each) => each.listens ?? [])
  const sources = claims.flatMap((each) => each.sources ?? [])
  return [
    ...claims.flatMap((each) => each.principals ?? []).flatMap(unknownPrincipal(principals)),
    ...repeated(listens, ({ at }) => comparable(at)).map(({ at, path }) =>
      problem(path, `something else listens at ${at} already`),
    ),
    ...claims
      .flatMap((each) => each.connects ?? [])
      .filter(({ at }) => listens.some((own) => comparable(own.at) === comparable(at)))
      .map(({ path }) => problem(path, 'this hub itself listens there')),
    ...repeated(sources, ({ source }) => source).map(({ source, path }) =>
      problem(path, `something else in this hub publishes as ${source} already`),
    ),
  ]
}

function unknownPrincipal(principals: readonly string[]) {
  return ({ name, path }: { name: string; path: KeyPath }): ClaimProblem[] =>
    unknownName('principal', { name, path }, principals)
}

/** Returns the problem with a name that is none of these; none if it is. `kind`: what is named. */
export function unknownName(
  kind: string,
  { name, path }: { name: string; path: KeyPath },
  names: readonly string[],
): ClaimProblem[] {
  if (names.includes(name)) return []
  const meant = nearest(name, [...names])
  const hint = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`
  return [problem(path, `there is no ${kind} ${name}${hint}`)]
}

/** On current systems `/var/run` is a link to `/run`. */
function comparable(at: string): string {
  return at.replace(/^\/var\/run\//, '/run/')
}

function repeated<Claim>(claims: readonly Claim[], key: (claim: Claim) => string): Claim[] {
  return claims.filter((claim, i) => claims.findIndex((other) => key(other) === key(claim)) < i)
}

function problem(path: KeyPath, message: string): ClaimProblem {
  return { path: [...path], message }
}
