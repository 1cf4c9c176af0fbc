/** Last part of an event stream that the server ends: a reader connects again after a second. */
export const reconnectSoon = "retry: 1000\n\n";
