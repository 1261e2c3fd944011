import type { ComponentType } from 'preact'

/** A page of the console. `pages/index.ts` lists all of them. */
export interface PageDefinition {
  /** In the address: `/view/<name>`. */
  readonly name: string
  /** In the list of pages at the top. */
  readonly title: string
  /** The right without which the page would show nothing. */
  readonly right?: 'admin' | 'monitor' | 'see'
  /** With `wall` in its address, it is shown alone, without the bar at the top. */
  readonly hasWall?: true
  /** Its code is loaded when it is first shown. */
  readonly Page: ComponentType
}
