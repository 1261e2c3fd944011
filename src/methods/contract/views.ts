import type { NoParams } from './params.js'

/** Views of the console that are kept under a name. */
export interface ViewMethods {
  /** The caller's own, and those that others share. */
  'views.list': { params: NoParams; result: { views: ViewInfo[] } }
  'views.save': { params: ViewSaveParams; result: ViewInfo }
  'views.rename': { params: { name: string; to: string }; result: ViewInfo }
  'views.delete': { params: { name: string; owner?: string }; result: { name: string; owner: string } }
}

export interface ViewSaveParams {
  name: string
  /** The part of the console's address after the question mark. */
  query: string
  shared?: boolean
  /** True if it takes the place of the caller's view of that name. */
  replace?: boolean
}

export interface ViewInfo {
  name: string
  owner: string
  /** True if everybody sees it in the list. */
  shared: boolean
  query: string
  changed: number
}
