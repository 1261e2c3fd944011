/** The known facts about a peer. */
export interface FacePeer {
  readonly principal: string | undefined
  /** The address of the listener that accepted it. */
  readonly listener: string
}
