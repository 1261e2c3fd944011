/** An order that only the hub that serves a consumer can carry out. The hub that sends it has checked the rights. */
export type ConsumerOrder = { do: 'seek'; name: string; to: string } | { do: 'delete'; name: string }

/** Where a consumer was moved from and to, or how many parked events were removed with it. */
export type OrderResult = { from: number; to: number } | number

export interface OtherHubs {
  /** Resolves with the result of the hub that serves the consumer, or with undefined if none has answered. */
  order(order: ConsumerOrder): Promise<OrderResult | undefined>
}
