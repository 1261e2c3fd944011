/** The part of XPath that needs no engine: child steps, tests of their values, and combinations of these. */
export type Expression =
  | { readonly is: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly is: 'not'; readonly of: Expression }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'exists'; readonly path: Path }
  | {
      readonly is: 'compare'
      readonly path: Path
      readonly operator: Operator
      readonly value: string | number
    }
  | { readonly is: 'text'; readonly test: TextTest; readonly path: Path; readonly text: string }

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='
export type TextTest = 'contains' | 'starts-with' | 'ends-with'

/** A path from the element that is tested, or from the document. */
export interface Path {
  readonly steps: readonly Step[]
  /** The name of an attribute at its end. */
  readonly attribute?: string
}

export interface Step {
  /** Undefined for `*`. */
  readonly name: string | undefined
  readonly tests: readonly Expression[]
}
