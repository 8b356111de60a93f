"""What is to hold beside the table of contenders: a file each, with `measure`, which gives its goals."""
