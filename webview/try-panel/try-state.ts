/** What the panel shows, folded from the extension's messages. Pure. */
import type {
  SideState,
  ToTryPanel,
  TryAnswer,
  TryExchange,
  TrySide,
} from "../../contracts/try-panel-protocol";

export interface TryState {
  readonly run: string;
  readonly sides: Readonly<Record<TrySide, SideState>>;
  /** Oldest first. */
  readonly exchanges: readonly TryExchange[];
}

/** null: no snapshot yet. A message before the snapshot, or about an exchange that was cleared, changes nothing. */
export function afterTryMessage(state: TryState | null, message: ToTryPanel): TryState | null {
  if (message.type === "snapshot") {
    const { run, sides, exchanges } = message;
    return { run, sides, exchanges };
  }
  if (state === null) return null;
  switch (message.type) {
    case "side":
      return { ...state, sides: { ...state.sides, [message.side]: message.state } };
    case "exchange":
      return { ...state, exchanges: [...state.exchanges, message.exchange] };
    case "delta":
      return withAnswer(state, message.exchange, message.side, ({ text, end }) => ({
        text: text + message.text,
        end,
      }));
    case "answer":
      return withAnswer(state, message.exchange, message.side, () => message.answer);
  }
}

/** Whether an answer is waited for or being written. */
export function isWriting({ exchanges }: TryState): boolean {
  return exchanges.some(({ answers }) => Object.values(answers).some((answer) => answer?.end === null));
}

function withAnswer(
  state: TryState,
  id: number,
  side: TrySide,
  change: (answer: TryAnswer) => TryAnswer,
): TryState {
  const exchanges = state.exchanges.map((exchange) => {
    const answer = exchange.answers[side];
    if (exchange.id !== id || answer === undefined) return exchange;
    return { ...exchange, answers: { ...exchange.answers, [side]: change(answer) } };
  });
  return { ...state, exchanges };
}
