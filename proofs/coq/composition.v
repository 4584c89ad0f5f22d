(* product l for lists of any length: constants of composed maps multiply, the largest is at least the K-th root of the
   product, and so is the mean. Source: theory/LAWS.md, section 7, `composition`. *)

Require Import Reals List Lra.
Import ListNotations.
Open Scope R_scope.

Definition product (l : list R) : R := fold_right Rmult 1 l.
Definition sum (l : list R) : R := fold_right Rplus 0 l.

Lemma product_nonneg l : Forall (fun c => 0 <= c) l -> 0 <= product l.
Proof. induction 1; simpl; [lra | apply Rmult_le_pos; assumption]. Qed.

Lemma sum_nonneg l : Forall (fun c => 0 <= c) l -> 0 <= sum l.
Proof. induction 1; simpl; lra. Qed.

Section Maps.
Variable X : Type.
Variable dist : X -> X -> R.

Definition lipschitz (f : X -> X) (c : R) : Prop := forall x y, dist (f x) (f y) <= c * dist x y.
Definition chain (fs : list (X -> X)) (x : X) : X := fold_right (fun f y => f y) x fs.

Theorem composition fs cs :
  Forall2 lipschitz fs cs -> Forall (fun c => 0 <= c) cs -> lipschitz (chain fs) (product cs).
Proof.
  induction 1 as [| f c fs cs Hf _ IH]; intros Hc x y; simpl; [lra |].
  inversion Hc as [| c' cs' Hone Hrest]; subst. specialize (IH Hrest x y).
  eapply Rle_trans; [apply Hf |]. rewrite Rmult_assoc. apply Rmult_le_compat_l; assumption.
Qed.
End Maps.

Theorem peak cs s L :
  Forall (fun c => 0 <= c <= s) cs -> L <= product cs -> L <= s ^ length cs.
Proof.
  intros H HL. apply (Rle_trans _ _ _ HL). clear HL. induction H as [| c cs Hc Hcs IH]; simpl; [lra |].
  apply Rmult_le_compat; [lra | | lra | assumption].
  apply product_nonneg. eapply Forall_impl; [| exact Hcs]. simpl; intros; lra.
Qed.

(* c <= a e^(c/a - 1), the tangent of the exponential, multiplied over the list. *)
Lemma below_exponential cs a :
  0 < a -> Forall (fun c => 0 <= c) cs -> product cs <= a ^ length cs * exp (sum cs / a - INR (length cs)).
Proof.
  intros Ha. induction 1 as [| c cs Hc Hcs IH].
  - simpl. replace (0 / a - 0) with 0 by (field; lra). rewrite exp_0. lra.
  - assert (Hone : c <= a * exp (c / a - 1)).
    { replace c with (a * (1 + (c / a - 1))) at 1 by (field; lra).
      apply Rmult_le_compat_l; [lra | apply exp_ineq1_le]. }
    change (length (c :: cs)) with (S (length cs)). rewrite S_INR. simpl sum. simpl product. simpl pow.
    replace ((c + sum cs) / a - (INR (length cs) + 1))
      with ((c / a - 1) + (sum cs / a - INR (length cs))) by (field; lra).
    rewrite exp_plus.
    replace (a * a ^ length cs * (exp (c / a - 1) * exp (sum cs / a - INR (length cs))))
      with ((a * exp (c / a - 1)) * (a ^ length cs * exp (sum cs / a - INR (length cs)))) by ring.
    apply Rmult_le_compat; try assumption. apply product_nonneg. assumption.
Qed.

Theorem am_gm cs :
  Forall (fun c => 0 <= c) cs -> cs <> [] -> product cs <= (sum cs / INR (length cs)) ^ length cs.
Proof.
  intros Hc Hn.
  assert (Hk : 0 < INR (length cs)).
  { destruct cs; [contradiction |]. apply lt_0_INR. simpl. auto with arith. }
  destruct (Rle_lt_or_eq_dec 0 (sum cs) (sum_nonneg cs Hc)) as [Hs | Hs].
  - assert (Ha : 0 < sum cs / INR (length cs)) by (apply Rdiv_lt_0_compat; assumption).
    eapply Rle_trans; [apply (below_exponential cs _ Ha Hc) |].
    replace (sum cs / (sum cs / INR (length cs)) - INR (length cs)) with 0 by (field; lra).
    rewrite exp_0. lra.
  - destruct Hc as [| c cs Hone Hrest]; [contradiction |]. simpl in Hs.
    pose proof (sum_nonneg cs Hrest). replace c with 0 by lra. simpl product. rewrite Rmult_0_l.
    apply pow_le. unfold Rdiv. apply Rmult_le_pos; [simpl; lra | left; apply Rinv_0_lt_compat; assumption].
Qed.
