module github.com/mocknito/mocknito/packages/go

go 1.22
