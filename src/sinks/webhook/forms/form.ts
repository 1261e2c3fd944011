import type { Facts } from '../facts.js'

/** The settings of which a form makes a request, beside the events. */
export interface FormAddress {
  readonly url: URL
  /** The key of the receiver, of `keyFile`. */
  readonly key: string
}

export interface FormRequest {
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body: object
}

/** The request that a known receiver wants, without headers that all of them have. */
export interface Form {
  /** A request may have several events; otherwise it has one. */
  readonly isBatched?: true
  /** The receiver wants a key, of `keyFile`. */
  readonly needsKey?: true
  /** `facts` has at least one entry. */
  request(facts: readonly Facts[], address: FormAddress): FormRequest
}
