/** The tiny experiment and a baseline as a `.mos` file. Its data is that of `writeTinyData`. */
export const tinyMos = `mos 1

model tiny {
  scratch llama layers=2 width=16 heads=2 kv-heads=1 hidden=32 vocab=280
}

dataset sums {
  path "sums.jsonl"
  format columns prompt="prompt" answer="answer"
  dev "sums.dev.jsonl"
}

dataset echoes {
  path "echoes.jsonl"
  format columns prompt="prompt" answer="answer"
  dev "echoes.dev.jsonl"
}

/// Small enough for a test.
experiment "tiny" {
  seed 7
  model tiny
  data [sums, echoes]

  mixture {
    prior uniform
    scorer logits inner=10 lr=0.01
    update 10 steps
    probe 8 samples
    reward difficulty
    ema 0.9
  }

  train {
    steps 30
    batch 4
    length 64
    optimizer adamw lr=0.003
    checkpoint 10 steps keep=2
  }

  eval {
    every 10 steps
  }
}

ablation "uniform" of "tiny" {
  mixture static temperature=inf
}
`;
