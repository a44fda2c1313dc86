use backprop::prelude::*;

use std::collections::HashMap;

#[derive(Clone, Differentiable)]
struct Embedding {
    #[differentiable(skip)]
    vocab: HashMap<String, usize>,
    table: Vec<[f64; 2]>,
    output: Vec<[f64; 2]>,
}

impl Embedding {
    /// Continuous bag of words with full softmax.
    #[differentiable(wrt(self))]
    fn cbow_loss(&self, context: &[&str], word: &str) -> f64 {
        let mut hidden = [0.0; 2];
        let mut known = 0;
        for w in context {
            let Some(&id) = self.vocab.get(*w) else { continue };
            let e = self.table[id];
            hidden[0] += e[0];
            hidden[1] += e[1];
            known += 1;
        }
        if known == 0 {
            return 0.0;
        }
        hidden.iter_mut().for_each(|h| *h /= known as f64);
        let logits: Vec<f64> =
            self.output.iter().map(|o| o[0] * hidden[0] + o[1] * hidden[1]).collect();
        let target = self.vocab[word];
        let lse = logits.iter().map(|l| l.exp()).sum::<f64>().ln();
        lse - logits[target]
    }
}
#[test]
fn gradient() {
    let vocab: HashMap<String, usize> =
        ["a", "b", "c"].iter().enumerate().map(|(i, s)| (s.to_string(), i)).collect();
    let e = Embedding {
        vocab,
        table: vec![[0.1, 0.2], [-0.3, 0.5], [0.7, -0.4]],
        output: vec![[0.3, -0.1], [0.2, 0.8], [-0.5, 0.6]],
    };
    check!(Embedding::cbow_loss, Embedding::cbow_loss_grad, Embedding::cbow_loss_grad_add, Embedding::cbow_loss_vjp; e: &e, c: const &["a", "zzz", "c"], w: const "b");
}
