"""Around predict: records of a stream in, answers on another, what is no request set apart."""
