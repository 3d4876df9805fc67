// Gocheck type-checks the Go packages of a tree that a change touches, and those that import them, without their
// dependencies from elsewhere: a name of another module is believed, one of this repository has to be there.
//
// Usage: gocheck FOLDER < paths-that-changed; prints one `path: error` a line.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

var errElsewhere = errors.New("elsewhere")

type checker struct {
	root    string
	modules map[string]string // module path: folder
	fset    *token.FileSet
	done    map[string]*types.Package
	doing   map[string]bool
	said    map[string]bool
}

func (c *checker) folder(path string) (string, bool) {
	best, found := "", ""
	for module, folder := range c.modules {
		if (path == module || strings.HasPrefix(path, module+"/")) && len(module) > len(best) {
			best, found = module, filepath.Join(folder, strings.TrimPrefix(path, module))
		}
	}
	if best == "" {
		return "", false
	}
	info, err := os.Stat(filepath.Join(c.root, found))
	return found, err == nil && info.IsDir()
}

func (c *checker) Import(path string) (*types.Package, error) {
	folder, ok := c.folder(path)
	if !ok {
		if c.ours(path) {
			return nil, fmt.Errorf("no package %s", path)
		}
		return nil, errElsewhere
	}
	if pkg := c.done[folder]; pkg != nil {
		return pkg, nil
	}
	if c.doing[folder] {
		return nil, errElsewhere
	}
	c.doing[folder] = true
	files, _, _ := c.parse(folder)
	if len(files) == 0 {
		return nil, fmt.Errorf("no package %s", path)
	}
	pkg := c.check(path, files, false)
	c.done[folder] = pkg
	return pkg, nil
}

func (c *checker) ours(path string) bool {
	for module := range c.modules {
		if path == module || strings.HasPrefix(path, module+"/") {
			return true
		}
	}
	return false
}

// parse gives the files of the package, those of its tests, and those of the package of tests beside it.
func (c *checker) parse(folder string) (files, tests, outer []*ast.File) {
	entries, err := os.ReadDir(filepath.Join(c.root, folder))
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			continue
		}
		if match, err := build.Default.MatchFile(filepath.Join(c.root, folder), name); err != nil || !match {
			continue
		}
		file, err := parser.ParseFile(c.fset, filepath.Join(c.root, folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			c.say(filepath.Join(folder, name), "does not parse")
		}
		if file == nil {
			continue
		}
		switch {
		case !strings.HasSuffix(name, "_test.go"):
			files = append(files, file)
		case strings.HasSuffix(file.Name.Name, "_test"):
			outer = append(outer, file)
		default:
			tests = append(tests, file)
		}
	}
	return
}

func (c *checker) check(path string, files []*ast.File, tell bool) *types.Package {
	config := types.Config{
		Importer:         c,
		IgnoreFuncBodies: !tell,
		FakeImportC:      true,
		Error: func(err error) {
			var typed types.Error
			if !tell || !errors.As(err, &typed) || strings.Contains(typed.Msg, errElsewhere.Error()) {
				return
			}
			name, _ := filepath.Rel(c.root, c.fset.Position(typed.Pos).Filename)
			c.say(name, typed.Msg)
		},
	}
	pkg, _ := config.Check(path, c.fset, files, nil)
	return pkg
}

func (c *checker) say(name, message string) { c.said[name+": "+firstLine(message)] = true }

func firstLine(text string) string { return strings.SplitN(text, "\n", 2)[0] }

var moduleLine = regexp.MustCompile(`(?m)^module\s+(\S+)`)

func main() {
	root := os.Args[1]
	c := &checker{
		root: root, modules: map[string]string{}, fset: token.NewFileSet(),
		done: map[string]*types.Package{}, doing: map[string]bool{}, said: map[string]bool{},
	}
	imports := map[string][]string{} // folder: the paths that its files import
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		relative, _ := filepath.Rel(root, path)
		if entry.IsDir() && (entry.Name() == "vendor" || entry.Name() == "testdata" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if entry.Name() == "go.mod" {
			text, _ := os.ReadFile(path)
			if match := moduleLine.FindSubmatch(text); match != nil {
				c.modules[string(match[1])] = filepath.Dir(relative)
			}
		}
		if entry.Type().IsRegular() && strings.HasSuffix(path, ".go") {
			if file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly); err == nil {
				for _, one := range file.Imports {
					folder := filepath.Dir(relative)
					imports[folder] = append(imports[folder], strings.Trim(one.Path.Value, `"`))
				}
			}
		}
		return nil
	})
	changed := map[string]bool{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasSuffix(lines.Text(), ".go") {
			changed[filepath.Dir(lines.Text())] = true
		}
	}
	wanted := map[string]bool{}
	for folder := range changed {
		wanted[folder] = true
	}
	for folder, paths := range imports {
		for _, path := range paths {
			if found, _ := c.folder(path); found != "" && changed[found] {
				wanted[folder] = true
			} else if found != "" && c.ours(path) && changed[filepath.Clean(found)] {
				wanted[folder] = true
			}
		}
	}
	for folder := range wanted {
		files, tests, outer := c.parse(folder)
		path := "x/" + folder
		if len(files)+len(tests) > 0 {
			c.check(path, append(append([]*ast.File{}, files...), tests...), true)
		}
		if len(outer) > 0 {
			c.check(path+"_test", outer, true)
		}
	}
	said := make([]string, 0, len(c.said))
	for one := range c.said {
		said = append(said, one)
	}
	sort.Strings(said)
	for _, one := range said {
		fmt.Println(one)
	}
}
