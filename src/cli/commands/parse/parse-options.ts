export interface ParseOptions {
  like?: string
  as?: string
  config?: string
  strict?: boolean
  format?: string
  json?: boolean
}
